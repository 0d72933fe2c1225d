import { ApiError, apiError, type ErrorDetail } from '../contract/errors.ts';

/** An official error that the gateway raises, whatever the action. */
export const gatewayError = (code: string, detail?: ErrorDetail): ApiError => apiError('_common', code, detail);

/** The gateway's answer to an absent parameter: its code holds the name. */
export const missingParameter = (name: string): ApiError =>
  new ApiError(400, `Missing${name}`, `${name} is mandatory for this action.`);

/** A parameter that the gateway itself can't accept: malformed, too long, twice, unknown. */
export const badParameter = (hint: string): ApiError => gatewayError('InvalidParameter.Format', { hint });
