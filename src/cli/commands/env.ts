import type { Command } from 'commander';
import { CliFault, exitCodes } from '../fault.ts';
import type { Io } from '../io.ts';
import { printJson } from '../print.ts';
import { openService, type DataOption, type Service } from '../service.ts';

interface Options extends DataOption {
  json?: boolean;
  terraform?: boolean;
  packer?: boolean;
  aliyun?: boolean;
  sdk?: boolean;
}

export function addEnv(program: Command, io: Io): void {
  program
    .command('env')
    .description('print working settings: for a shell (eval "$(tongjing env)"), or for a client')
    .option('--terraform', 'a provider block for Terraform')
    .option('--packer', 'a shell environment for Packer')
    .option('--aliyun', 'commands for the aliyun CLI')
    .option('--sdk', 'client configurations for the official SDKs')
    .action(async (_, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const forms = (['json', 'terraform', 'packer', 'aliyun', 'sdk'] as const).filter((form) => options[form]);
      if (forms.length > 1) {
        throw new CliFault('Usage', `Choose one of --${forms.join(', --')}.`, { exitCode: exitCodes.usage });
      }
      const service = await openService(options, io);
      // A file that a killed service left is no working setting.
      await service.operator('GET', 'health');
      if (forms[0] === 'json') printJson(io, settings(service));
      else io.out(texts[forms[0] ?? 'shell'](service));
    });
}

const settings = ({
  endpoint,
  httpsEndpoint,
  caFile,
  regionId,
  accountId,
  credentials,
  consoleUrl,
  dataDir,
}: Service) => ({
  endpoint,
  httpsEndpoint,
  caFile,
  regionId,
  accountId,
  accessKeyId: credentials.accessKeyId,
  accessKeySecret: credentials.accessKeySecret,
  // Both in path style, on the same port: how a request is signed tells the dialect.
  ossEndpoint: endpoint,
  s3Endpoint: endpoint,
  consoleUrl,
  dataDir,
});

const hostOf = (service: Service) => new URL(service.endpoint).host;
const exports = (variables: Readonly<Record<string, string>>) =>
  Object.entries(variables)
    .map(([name, value]) => `export ${name}='${value.replaceAll("'", `'\\''`)}'\n`)
    .join('');

const texts: Readonly<Record<'shell' | 'terraform' | 'packer' | 'aliyun' | 'sdk', (service: Service) => string>> = {
  shell: (service) =>
    exports({
      TONGJING_ENDPOINT: service.endpoint,
      TONGJING_CA_FILE: service.caFile,
      ALIBABA_CLOUD_ACCESS_KEY_ID: service.credentials.accessKeyId,
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: service.credentials.accessKeySecret,
      ALIBABA_CLOUD_REGION_ID: service.regionId,
      ALIBABA_CLOUD_ENDPOINT: hostOf(service),
    }) + '# For clients without an endpoint setting: tongjing env --packer\n',

  terraform: (
    service,
  ) => `# Destroying security group rules speaks HTTPS whatever the protocol: export SSL_CERT_FILE='${service.caFile}'
provider "alicloud" {
  access_key             = "${service.credentials.accessKeyId}"
  secret_key             = "${service.credentials.accessKeySecret}"
  region                 = "${service.regionId}"
  account_id             = "${service.accountId}"
  account_type           = "Domestic"
  protocol               = "HTTP"
  skip_region_validation = true
  endpoints {
    ecs      = "${hostOf(service)}"
    vpc      = "${hostOf(service)}"
    sts      = "${hostOf(service)}"
    kms      = "${hostOf(service)}"
    ram      = "${hostOf(service)}"
    location = "${hostOf(service)}"
  }
}
`,

  packer: (service) => `# Packer 1.6 knows no endpoint setting: its calls come through the service's own proxy.
# The newer plugin takes custom_endpoint_ecs = "${hostOf(service)}" for the builder's region.
${exports({
  ALICLOUD_ACCESS_KEY: service.credentials.accessKeyId,
  ALICLOUD_SECRET_KEY: service.credentials.accessKeySecret,
  ALICLOUD_REGION: service.regionId,
  HTTP_PROXY: service.endpoint,
  HTTPS_PROXY: service.endpoint,
  SSL_CERT_FILE: service.caFile,
})}`,

  aliyun: (service) => `# --insecure means plain HTTP.
aliyun configure set --profile tongjing --mode AK --access-key-id '${service.credentials.accessKeyId}' --access-key-secret '${service.credentials.accessKeySecret}' --region '${service.regionId}'
aliyun --profile tongjing --endpoint '${hostOf(service)}' --insecure ecs DescribeRegions
`,

  sdk: (service) => `// TypeScript: @alicloud/ecs20140526
const client = new Ecs.default(new $OpenApiUtil.Config({
  endpoint: '${hostOf(service)}',
  protocol: 'HTTP',
  regionId: '${service.regionId}',
  accessKeyId: '${service.credentials.accessKeyId}',
  accessKeySecret: '${service.credentials.accessKeySecret}',
}));

# Python: alibabacloud_ecs20140526
client = EcsClient(open_api_models.Config(
    endpoint='${hostOf(service)}', protocol='HTTP', region_id='${service.regionId}',
    access_key_id='${service.credentials.accessKeyId}', access_key_secret='${service.credentials.accessKeySecret}'))

// Go: alibaba-cloud-sdk-go
client, err := ecs.NewClientWithAccessKey("${service.regionId}", "${service.credentials.accessKeyId}", "${service.credentials.accessKeySecret}")
client.Domain = "${hostOf(service)}"
`,
};
