/** What one request may weigh. */
export interface Limits {
  /** Of a request's body, in bytes. */
  bodyBytes: number;
  /** Of a request's line and headers together, in bytes: SDKs send every parameter, user data too, in the query. */
  headBytes: number;
  parameters: number;
  /** Of one parameter's name, in characters. */
  nameLength: number;
  /** Of one parameter's value, in characters. */
  valueLength: number;
  /** Of a list index (`Tag.20.Key`). */
  listIndex: number;
  /** Levels of a nested parameter (`NetworkInterface.1.SecurityGroupIds.2` has 4). */
  depth: number;
  /** Open connections. */
  connections: number;
}

/** `perSecond` 0: no limit. */
export interface Throttle {
  perSecond: number;
  burst: number;
}
