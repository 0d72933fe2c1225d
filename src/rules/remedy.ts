/** A way round, by name: `explanations/ways.ts` knows how each goes. */
export type WayName =
  | 'attachSomewhere'
  | 'copyHere'
  | 'copyIntoOwn'
  | 'copyIntoZone'
  | 'deleteAnImage'
  | 'deleteImagesOfSnapshot'
  | 'deleteOldestSnapshot'
  | 'detach'
  | 'force'
  | 'makeNetwork'
  | 'nameItsInstance'
  | 'nameItsRegion'
  | 'rightImage'
  | 'startIt'
  | 'stopIt'
  | 'systemDiskOnly'
  | 'unprotect'
  | 'unshare'
  | 'unshareOne'
  | 'wait';

export interface Remedy {
  code: string;
  /** Those that it is for; absent: any. */
  actions?: readonly string[];
  /** A part of the official message, where one code stands for several rules. */
  about?: string;
  rule: string;
  /** The first of them that finds anything to do is gone. */
  ways?: readonly WayName[];
  /** What to do where no way can be tried here. */
  advice?: string;
}
