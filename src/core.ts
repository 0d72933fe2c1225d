import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { actions } from './actions/index.ts';
import { forgetOldTokens } from './api/clientToken.ts';
import type { Answering } from './api/front.ts';
import type { Metrics } from './api/metrics.ts';
import { createNonces } from './api/nonces.ts';
import { CLOCK_OFFSET } from './api/operator/clock.ts';
import type { Core } from './api/operator/parts.ts';
import { createGateway } from './api/server.ts';
import { createTable } from './api/table.ts';
import { createThrottles } from './api/throttle.ts';
import { createClock, type Clock } from './base/clock.ts';
import type { Ids } from './base/ids.ts';
import type { Log } from './base/log.ts';
import { VERSION, type Config } from './config.ts';
import { openFolderBlobs } from './blobs/folder.ts';
import { openBlocks, type Blocks } from './blocks/blocks.ts';
import { openVolumes } from './disks/openVolumes.ts';
import { openTransfers, type Transfers } from './disks/transfers.ts';
import type { Volumes } from './disks/volumes.ts';
import { kinds } from './jobs/kinds/index.ts';
import { followMachines } from './jobs/followMachines.ts';
import { createRunner } from './jobs/runner.ts';
import type { Keys } from './keys/keys.ts';
import { openKeys } from './keys/openKeys.ts';
import { createAgents } from './machines/agent/agents.ts';
import { createScreens, type Screens } from './machines/screens.ts';
import { openMachines } from './machines/openMachines.ts';
import type { Machines } from './machines/machines.ts';
import { metadataOf } from './metadata.ts';
import { networkOf } from './network.ts';
import { openCatalogue } from './records/catalogue.ts';
import { openObjects } from './objects/objects.ts';
import { isForObjects } from './objects/request.ts';
import { openDatabase } from './records/database.ts';
import type { DataFolder } from './records/dataFolder.ts';
import { openOperator } from './records/operator.ts';
import { findInstance } from './records/tables/instances.ts';
import { getSetting } from './records/tables/settings.ts';
import { saveState, type Saved, type SaveOptions } from './state/save.ts';

/** Where disks live. */
export interface DataPlane {
  blocks: Blocks;
  volumes: Volumes;
  transfers: Transfers;
}

export interface CoreParts {
  config: Config;
  folder: DataFolder;
  ids: Ids;
  log: Log;
  metrics: Metrics;
  /** Stand-ins of a test. */
  clock?: Clock | undefined;
  plane?: DataPlane | undefined;
  machines?: Machines | undefined;
}

export interface OpenCore extends Core, AsyncDisposable {
  machines: Machines;
  screens: Screens;
  gateway: Answering;
  /** Writes all of it to a file; nothing else is done meanwhile, and whoever writes to a disk waits. */
  save(path: string, options: SaveOptions): Promise<Saved>;
  /** Ends every volume and everything else; what is left in the data folder is of no use any more. */
  discard(): Promise<void>;
}

/** Records, disks, jobs and the gateway over them: what one reset replaces as a whole. */
export async function openCore(parts: CoreParts): Promise<OpenCore> {
  const { config, folder, ids, log, metrics } = parts;
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await openDatabase(folder.records));
  const clock = parts.clock ?? createClock(await getSetting<number>(database.read, CLOCK_OFFSET));
  const operator = await openOperator(database, folder, { clock, ids });
  await openCatalogue(database, config.catalogue, clock.now());
  const { keys, wrapping } = await openKeys({ database, clock, rootKeyPath: folder.rootKey });
  const plane = parts.plane ?? (await openPlane(stack, parts, keys));
  // What a crash left of objects goes before a job makes others.
  const objects = stack.use(
    await openObjects({ database, blobs: openFolderBlobs(folder.objects), clock, realNow: Date.now, ids, log }),
  );
  const ended = new Map<string, string | null>();
  let onEnded = (instanceId: string, reason: string | null): void => void ended.set(instanceId, reason);
  const machines = stack.use(
    parts.machines ??
      (await openMachines({
        config: { ...config, dataFolder: folder.root },
        volumes: plane.volumes,
        metadata: metadataOf({ database, clock, ids }),
        network: networkOf(database),
        clock,
        log,
        onEnded: (instanceId, reason) => onEnded(instanceId, reason),
      })),
  );
  const agents = createAgents(machines);
  const screens = createScreens(
    machines,
    async (accountId, instanceId) => (await findInstance(database.read, accountId, instanceId)) !== undefined,
    performance.now.bind(performance),
  );
  const jobs = createRunner({
    database,
    clock,
    ids,
    log,
    ...plane,
    keys,
    machines,
    agents,
    bootProofSeconds: config.bootProofSeconds,
    objectPath: (blob) => join(folder.objects, blob),
    objects,
    kinds,
    dataJobs: config.dataJobs,
  });
  stack.defer(() => jobs.stop());
  await jobs.start();
  if (machines.driver !== 'none') {
    const followed = followMachines({ database, clock, ids, log, machines, wake: jobs.wake });
    onEnded = followed.ended;
    await followed.settle(ended);
  }
  stack.defer(await forgetOldTokens(database, clock, log));
  const gateway = createGateway({
    database,
    clock,
    realNow: Date.now,
    ids,
    log,
    jobs,
    driver: machines.driver,
    guests: {
      consoleOutput: machines.consoleOutput,
      screenshot: machines.screenshot,
      agentVersion: agents.version,
      screenToken: screens.token,
    },
    wrapping,
    table: createTable(actions),
    nonces: createNonces(Date.now),
    throttles: createThrottles({ account: config.accountThrottle, action: config.actionThrottle }, () =>
      performance.now(),
    ),
    limits: config.limits,
    unknownParameters: config.unknownParameters,
    metrics,
  });
  const answer: Answering = (received) =>
    !received.isForeign && isForObjects(received) ? objects.answer(received) : gateway(received);
  const opened = stack.move();
  const dispose = () => opened.disposeAsync();
  return {
    database,
    clock,
    ids,
    jobs,
    ...plane,
    keys,
    machines,
    screens,
    operator,
    gateway: answer,
    async save(path, options) {
      await jobs.stop();
      try {
        const save = () => saveState({ world: folder, path, version: VERSION }, options);
        return await objects.still(() => plane.volumes.still(save));
      } finally {
        await jobs.start();
      }
    },
    async discard() {
      await jobs.stop();
      const instances = await database.read.selectFrom('instances').select('id').execute();
      for (const { id } of instances) {
        await machines.stop({ instanceId: id, force: true });
        await machines.forget(id);
      }
      const disks = await database.read.selectFrom('disks').select('volumeId').execute();
      for (const { volumeId } of disks) await plane.volumes.remove(volumeId);
      await dispose();
    },
    [Symbol.asyncDispose]: dispose,
  };
}

async function openPlane(stack: AsyncDisposableStack, { folder, ids, log }: CoreParts, keys: Keys): Promise<DataPlane> {
  const blocks = stack.use(openBlocks({ dataFolder: folder.root, ids, log }));
  const volumes = stack.use(await openVolumes({ dataFolder: folder.root, blocks, keys, log }));
  const transfers = stack.use(openTransfers({ blocks, scratchFolder: folder.scratch }));
  return { blocks, volumes, transfers };
}
