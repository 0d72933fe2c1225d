import { model } from '../../../contract/model.ts';

/** How a network is named that is, or shall be, attached. */
export const childFields = {
  cenId: 'string',
  childInstanceId: 'string',
  childInstanceType: 'string',
  childInstanceRegionId: 'string',
  childInstanceOwnerId: 'number',
} as const;

export const REQUIRED_CHILD = ['cenId', 'childInstanceId', 'childInstanceType', 'childInstanceRegionId'] as const;

export const Child = model({ ...childFields, childInstanceAttachTime: 'string', status: 'string' });
