/** Location 2015-06-12 has no TypeScript SDK: the one action that clients call, modelled as the SDKs model theirs. */
class LocationModel {
  validate(): void {}
}

export class DescribeEndpointsRequest extends LocationModel {
  id?: string;
  serviceCode?: string;
  type?: string;
  static names() {
    return { id: 'Id', serviceCode: 'ServiceCode', type: 'Type' };
  }
  static types() {
    return { id: 'string', serviceCode: 'string', type: 'string' };
  }
}

export class DescribeEndpointsResponseBody extends LocationModel {
  success?: boolean;
  endpoints?: DescribeEndpointsResponseBodyEndpoints;
  requestId?: string;
  static names() {
    return { success: 'Success', endpoints: 'Endpoints', requestId: 'RequestId' };
  }
  static types() {
    return { success: 'boolean', endpoints: DescribeEndpointsResponseBodyEndpoints, requestId: 'string' };
  }
}

export class DescribeEndpointsResponseBodyEndpoints extends LocationModel {
  endpoint?: DescribeEndpointsResponseBodyEndpointsEndpoint[];
  static names() {
    return { endpoint: 'Endpoint' };
  }
  static types() {
    return { endpoint: { type: 'array', itemType: DescribeEndpointsResponseBodyEndpointsEndpoint } };
  }
}

export class DescribeEndpointsResponseBodyEndpointsEndpoint extends LocationModel {
  endpoint?: string;
  id?: string;
  namespace?: string;
  serviceCode?: string;
  type?: string;
  static names() {
    return { endpoint: 'Endpoint', id: 'Id', namespace: 'Namespace', serviceCode: 'SerivceCode', type: 'Type' };
  }
  static types() {
    return { endpoint: 'string', id: 'string', namespace: 'string', serviceCode: 'string', type: 'string' };
  }
}
