import { model } from '../../../contract/model.ts';
import { findRegion } from '../../../rules/regions.ts';
import { ownAction } from '../../action.ts';

/** Products that are answered here, by the Location service's names for them. */
const HOSTS: Readonly<Record<string, (regionId: string) => string>> = {
  ecs: (regionId) => findRegion(regionId)!.endpoint,
  vpc: (regionId) => `vpc.${regionId}.aliyuncs.com`,
  sts: (regionId) => `sts.${regionId}.aliyuncs.com`,
  ram: () => 'ram.aliyuncs.com',
  kms: (regionId) => `kms.${regionId}.aliyuncs.com`,
  cbn: () => 'cbn.aliyuncs.com',
  vpcpeer: (regionId) => `vpcpeer.${regionId}.aliyuncs.com`,
  location: () => 'location-readonly.aliyuncs.com',
};

const Endpoint = model(
  { endpoint: 'string', id: 'string', namespace: 'string', serviceCode: 'string', type: 'string' },
  // The vendor's own misspelling: clients read it.
  { serviceCode: 'SerivceCode' },
);

/**
 * Where a product is called. A client that reached us under a cloud name, through the proxy, is given cloud names, which take it here
 * again; one that was given our address gets that address. A product that is not here has no endpoint.
 */
export const DescribeEndpoints = ownAction(
  'Location',
  'DescribeEndpoints',
  {
    request: model({ id: 'string', serviceCode: 'string', type: 'string' }),
    response: model({ success: 'boolean', endpoints: model({ endpoint: [Endpoint] }) }),
    access: 'read',
    required: ['id', 'serviceCode'],
  },
  async (request, call) => {
    const { id, serviceCode } = request;
    const type = request.type ?? 'openAPI';
    const hostOf = HOSTS[serviceCode.toLowerCase()];
    if (!hostOf || !findRegion(id) || type !== 'openAPI') return { success: true, endpoints: { endpoint: [] } };
    const isCloudName = /\.aliyuncs\.com(?::\d+)?$/i.test(call.host);
    const endpoint = isCloudName ? hostOf(id) : call.host;
    return { success: true, endpoints: { endpoint: [{ endpoint, id, serviceCode, type }] } };
  },
);
