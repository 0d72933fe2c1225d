import { CopyImage } from './CopyImage.ts';
import type { Coverage } from './coverage.ts';
import { CreateImage } from './CreateImage.ts';
import { DeleteImage } from './DeleteImage.ts';

/** By action. docs/generate.ts reads the keys and the reasons. */
export const coverage: Readonly<Record<string, Coverage>> = { CopyImage, CreateImage, DeleteImage };
