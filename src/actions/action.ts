import type { ActionName, Product, RequestOf, ResponseOf } from '../contract/sdk.ts';
import type { Call } from './call.ts';

type Present<T, Keys extends keyof T> = T & { [K in Keys]-?: NonNullable<T[K]> };

interface Options<Request, Required extends keyof Request> {
  /** Missing or blank ones are refused with `Missing<Name>` before the action runs. */
  required?: readonly Required[];
  /** `read` runs on the reader, outside a transaction; everything else in one transaction. */
  access: 'read' | 'write';
  /** The action's name on the wire, where the SDK respells it. */
  wireName?: string;
  /** Code of a successful DryRun, where it is not `DryRunOperation`. */
  dryRunCode?: string;
}

/** One API action, as the table holds it: types erased, everything the gateway needs beside it. */
export interface Action {
  readonly product: Product;
  readonly name: string;
  /** The SDK's spelling: `<modelName>Request`, `<modelName>ResponseBody`. */
  readonly modelName: string;
  readonly access: 'read' | 'write';
  readonly required: readonly string[];
  readonly dryRunCode: string;
  run(request: object, call: Call): Promise<object>;
}

/**
 * Defines an API action. `run` checks the rules, writes rows and enqueues jobs; it moves no bytes and waits for nothing but queries,
 * so that DryRun is the same call rolled back. It answers the response without RequestId.
 */
export function action<
  P extends Product,
  const A extends ActionName<P> & string,
  Required extends keyof RequestOf<P, A> = never,
>(
  product: P,
  modelName: A,
  options: Options<RequestOf<P, A>, Required>,
  run: (request: Present<RequestOf<P, A>, Required>, call: Call) => Promise<ResponseOf<P, A>>,
): Action {
  return {
    product,
    name: options.wireName ?? modelName,
    modelName,
    access: options.access,
    required: (options.required ?? []) as readonly string[],
    dryRunCode: options.dryRunCode ?? 'DryRunOperation',
    run: run as Action['run'],
  };
}
