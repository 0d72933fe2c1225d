import type { DataOf, Modelled } from '../contract/model.ts';
import type { ActionName, Model, Product, RequestOf, ResponseOf, SdkProduct } from '../contract/sdk.ts';
import { DEFAULT_REGION_ID, type Call } from './call.ts';

type Present<T, Keys extends keyof T> = T & { [K in Keys]-?: NonNullable<T[K]> };

/**
 * `read` runs on the reader, outside a transaction; everything else in one transaction: `write` in one that is committed, `rehearsal` in one
 * that never is. A rehearsal finds out by doing: it alone may `perform` other actions, and nothing of them stays.
 */
type Access = 'read' | 'write' | 'rehearsal';

interface Options<Request, Required extends keyof Request> {
  /** Missing or blank ones are refused with `Missing<Name>` before the action runs. */
  required?: readonly Required[];
  access: Access;
  /** The action's name on the wire, where the SDK respells it. */
  wireName?: string;
  /** Code of a successful DryRun, where it is not `DryRunOperation`. */
  dryRunCode?: string;
  /** What it changes may be of the network of running guests: they have the new at once. */
  appliesNetwork?: true;
}

/** One API action, as the table holds it: types erased, everything the gateway needs beside it. */
export interface Action {
  readonly product: Product;
  readonly name: string;
  /** By the SDK's spelling (`<name>Request`, `<name>ResponseBody`), or the models themselves. */
  readonly models: string | { request: Model; response: Model };
  readonly access: Access;
  readonly required: readonly string[];
  readonly dryRunCode: string;
  run(request: object, call: Call): Promise<object>;
}

/**
 * Defines an API action. `run` checks the rules, writes rows and enqueues jobs; it moves no bytes and waits for nothing but queries,
 * so that DryRun is the same call rolled back. It answers the response without RequestId.
 */
export function action<
  P extends SdkProduct,
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
    models: modelName,
    access: options.access,
    required: (options.required ?? []) as readonly string[],
    dryRunCode: options.dryRunCode ?? 'DryRunOperation',
    run: options.appliesNetwork ? thenApplyNetwork(run as Action['run']) : (run as Action['run']),
  };
}

function thenApplyNetwork(run: Action['run']): Action['run'] {
  return async (request, call) => {
    const response = await run(request, call);
    if (call.driver !== 'none') {
      await call.enqueue('applyNetwork', {}, { regionId: DEFAULT_REGION_ID, resourceId: 'network' });
    }
    return response;
  };
}

interface OwnOptions<Request, Response, Required extends keyof DataOf<Request>> {
  request: Request;
  /** Without RequestId, which every answer has. */
  response: Response;
  required?: readonly Required[];
  access: Access;
  appliesNetwork?: true;
}

/** As `action`, for a product without an SDK: the action's file holds its models. */
export function ownAction<
  const Request extends Modelled<unknown>,
  const Response extends Modelled<unknown>,
  Required extends keyof DataOf<Request> = never,
>(
  product: Exclude<Product, SdkProduct>,
  name: string,
  options: OwnOptions<Request, Response, Required>,
  run: (request: Present<DataOf<Request>, Required>, call: Call) => Promise<DataOf<Response>>,
): Action {
  const { request, response, access, required = [] } = options;
  return {
    product,
    name,
    models: { request, response },
    access,
    required: required as readonly string[],
    dryRunCode: 'DryRunOperation',
    run: options.appliesNetwork ? thenApplyNetwork(run as Action['run']) : (run as Action['run']),
  };
}
