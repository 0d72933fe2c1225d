/** What the command ends with; `tongjing --help` lists them. */
export const exitCodes = {
  /** The service refused, or the work failed. */
  failed: 1,
  usage: 2,
  /** No service answers. */
  noService: 3,
  interrupted: 130,
} as const;

/** Something that the person at the terminal is to read: a stable code, what happened, and what to do about it. */
export class CliFault extends Error {
  override readonly name = 'CliFault';
  readonly code: string;
  readonly hint: string | null;
  readonly exitCode: number;

  constructor(code: string, message: string, options: { hint?: string; exitCode?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint ?? null;
    this.exitCode = options.exitCode ?? exitCodes.failed;
  }
}
