/** The answer once given to a ClientToken, per account and action. */
export interface ClientTokenRow {
  accountId: string;
  action: string;
  token: string;
  /** SHA-256 of the business parameters, hex. */
  parametersHash: string;
  /** The response body as JSON, without RequestId. */
  response: string;
  createdAt: number;
}
