import type { Action } from '../action.ts';
import { AttachCenChildInstance } from './attachments/AttachCenChildInstance.ts';
import { DescribeCenAttachedChildInstanceAttribute } from './attachments/DescribeCenAttachedChildInstanceAttribute.ts';
import { DescribeCenAttachedChildInstances } from './attachments/DescribeCenAttachedChildInstances.ts';
import { DetachCenChildInstance } from './attachments/DetachCenChildInstance.ts';
import { CreateCen } from './cens/CreateCen.ts';
import { DeleteCen } from './cens/DeleteCen.ts';
import { DescribeCens } from './cens/DescribeCens.ts';
import { ModifyCenAttribute } from './cens/ModifyCenAttribute.ts';

export const cbnActions: readonly Action[] = [
  AttachCenChildInstance,
  CreateCen,
  DeleteCen,
  DescribeCenAttachedChildInstanceAttribute,
  DescribeCenAttachedChildInstances,
  DescribeCens,
  DetachCenChildInstance,
  ModifyCenAttribute,
];
