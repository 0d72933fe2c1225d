import type { RequestOf } from '../../../contract/sdk.ts';
import type { Call } from '../../call.ts';
import { refuseUnbuilt } from '../../unbuilt.ts';

/** RunInstances' request. CreateInstance's is translated into it. */
export type LaunchRequest = RequestOf<'Ecs', 'RunInstances'>;

/** Refuses what this service does not have. What is accepted without effect is documented as having none. */
export function refuseUnbuiltLaunch(call: Call, request: LaunchRequest): void {
  const { instanceChargeType, spotStrategy, privatePoolOptions, privateDnsNameOptions: dns } = request;
  if (instanceChargeType !== undefined && !['PostPaid', 'PrePaid'].includes(instanceChargeType)) {
    throw call.error('InvalidInstanceChargeType.NotFound');
  }
  if (spotStrategy !== undefined && !['NoSpot', 'SpotWithPriceLimit', 'SpotAsPriceGo'].includes(spotStrategy)) {
    throw call.error('InvalidSpotStrategy');
  }
  refuseUnbuilt(call, {
    'InstanceChargeType=PrePaid': instanceChargeType === 'PrePaid',
    'A SpotStrategy other than NoSpot': spotStrategy !== undefined && spotStrategy !== 'NoSpot',
    LaunchTemplateId: request.launchTemplateId,
    LaunchTemplateName: request.launchTemplateName,
    DedicatedHostId: request.dedicatedHostId,
    'Tenancy=host': request.tenancy === 'host',
    'Affinity=host': request.affinity === 'host',
    ManagedHostId: request.managedHostId,
    DeploymentSetId: request.deploymentSetId,
    DeploymentSetGroupNo: request.deploymentSetGroupNo,
    HpcClusterId: request.hpcClusterId,
    StorageSetId: request.storageSetId,
    StorageSetPartitionNumber: request.storageSetPartitionNumber,
    Isp: request.isp,
    Ipv6Address: request.ipv6Address,
    Ipv6AddressCount: request.ipv6AddressCount,
    Arn: request.arn,
    CpuOptions: request.cpuOptions,
    NetworkInterfaceQueueNumber: request.networkInterfaceQueueNumber,
    'PrivatePoolOptions.Id': privatePoolOptions?.id,
    'PrivatePoolOptions.MatchCriteria=Target': privatePoolOptions?.matchCriteria === 'Target',
    'HibernationOptions.Configured': request.hibernationOptions?.configured,
    'ImageOptions.LoginAsNonRoot': request.imageOptions?.loginAsNonRoot,
    'SchedulerOptions.DedicatedHostClusterId': request.schedulerOptions?.dedicatedHostClusterId,
    'SecurityOptions.ConfidentialComputingMode': request.securityOptions?.confidentialComputingMode,
    'SecurityOptions.TrustedSystemMode': request.securityOptions?.trustedSystemMode,
    'SecurityOptions.EnableSecureBoot': request.securityOptions?.enableSecureBoot,
    'ClockOptions.PtpStatus': request.clockOptions?.ptpStatus === 'enabled',
    'NetworkOptions.BandwidthWeighting': request.networkOptions?.bandwidthWeighting,
    'NetworkOptions.EnableJumboFrame': request.networkOptions?.enableJumboFrame,
    'NetworkOptions.EnableNetworkEncryption': request.networkOptions?.enableNetworkEncryption,
    'PrivateDnsNameOptions.HostnameType': dns?.hostnameType !== undefined && dns.hostnameType !== 'Custom',
    'PrivateDnsNameOptions.EnableInstanceIdDnsAAAARecord': dns?.enableInstanceIdDnsAAAARecord,
    'PrivateDnsNameOptions.EnableInstanceIdDnsARecord': dns?.enableInstanceIdDnsARecord,
    'PrivateDnsNameOptions.EnableIpDnsARecord': dns?.enableIpDnsARecord,
    'PrivateDnsNameOptions.EnableIpDnsPtrRecord': dns?.enableIpDnsPtrRecord,
  });
}
