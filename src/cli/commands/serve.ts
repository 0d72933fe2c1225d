import type { Command } from 'commander';

/** For the help alone: bin/tongjing starts the service without coming here. docs/operations.md says what each setting means. */
export function addServe(program: Command): void {
  program
    .command('serve')
    .description('start the service; each setting is a flag or a variable, TONGJING_PORT for --port')
    .option('--port <n>', 'HTTP and HTTPS; 0: any free one', '7272')
    .option('--host <address>', 'to listen on', '127.0.0.1')
    .option('--log-level <level>', 'silent, error, warn, info, debug, trace', 'info')
    .option('--account-rate <n>', 'requests a second of one account; 0: no limit', '1000')
    .option('--action-rate <n>', 'the same per account and action', '0')
    .option('--unknown-parameters <how>', 'refuse or ignore', 'refuse')
    .option('--catalogue <state>', 'on or off: the public images', 'on')
    .option('--data-jobs <n>', 'jobs that may move bytes at once', '2')
    .option('--driver <name>', 'auto, qemu or none: what runs instances', 'auto')
    .option('--network <kind>', 'auto, namespace or user: what guests are plugged into', 'auto')
    .option('--guest-internet <state>', 'on or off: guests with a public address reach the internet', 'off')
    .option('--guest-cpus <n>', 'the most processors of one guest', '2')
    .option('--guest-memory <n>', 'the most MiB of one guest', '1024')
    .option('--guest-stop-seconds <n>', 'how long a guest may take to shut down', '90')
    .option('--boot-proof-seconds <n>', 'how long an image may take to come up when it is proven to boot', '600')
    .option('--uefi-firmware <folder>', 'of OVMF_CODE_4M.fd and OVMF_VARS_4M.fd', '/usr/share/OVMF');
}
