import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createLifeWorld, createTenant, type Tenant } from '../requirements/world.ts';
import { createImageWorld } from '../wire/imageWorld.ts';
import type { World } from '../world.ts';
import { createModel, SYSTEM_DEVICE, type Content, type Model } from './model.ts';

/** The service under test beside its model, with accounts and a public image in each region. */
export interface Bed extends AsyncDisposable {
  readonly world: World;
  readonly model: Model;
  readonly tenants: readonly Tenant[];
  readonly regionIds: readonly string[];
  /** All jobs are over but those that are held up. */
  settled(): Promise<void>;
  write(diskId: string, content: Content): Promise<void>;
  /** Of a disk or a snapshot. */
  read(id: string): Promise<Content>;
  /** Copies, or what stores snapshots, come to no end until `letGo`. null: this bed can't. */
  readonly holds: Holds | null;
  /** What each account said and heard since they were last looked at. */
  readonly heard: Heard[];
}

/** One call, as its account saw it. */
export interface Heard {
  accountId: string;
  said: string;
  answer: string;
}

export interface Holds {
  isHeld(what: Held): boolean;
  hold(what: Held): void;
  letGo(what: Held): void;
}

export type Held = 'copies' | 'snapshots';

const REGIONS = ['cn-hangzhou', 'cn-beijing'];
const TENANTS = 3;
const PUBLIC_GIB = 20;

/** Disks in memory: quick, and what is under way can be held up. */
export async function createMemoryBed(seed: number): Promise<Bed> {
  const images = await createImageWorld({ seed, config: { dataJobs: 64 } });
  const { world } = images;
  const { read } = world.parts.database;
  const gates = new Map<Held, () => void>();

  async function settled(): Promise<void> {
    const isHeld = (kind: string) =>
      (kind === 'copyImage' && gates.has('copies')) || (kind === 'createSnapshots' && gates.has('snapshots'));
    for (;;) {
      const open = await read
        .selectFrom('jobs')
        .select('kind')
        .where('status', 'in', ['waiting', 'running'])
        .where('cancelRequested', '=', 0)
        .where('runAfter', '<=', world.parts.clock.now())
        .execute();
      if (open.every(({ kind }) => isHeld(kind))) return;
      await nextTurn();
    }
  }

  const model = createModel();
  for (const regionId of REGIONS) {
    const id = await images.image(world.operator, { kind: 'system', regionId, sizeGib: PUBLIC_GIB });
    const [snapshotId] = await images.snapshotsOf(id);
    addPublicImage(model, { id, regionId, gib: PUBLIC_GIB, content: `content of ${snapshotId}` });
  }
  const { tenants, heard } = await createTenants(world, settled);
  return {
    world,
    model,
    tenants,
    regionIds: REGIONS,
    settled,
    async write(diskId, content) {
      world.plane.disks.get((await images.row('disks', diskId))!.volumeId)!.content = content;
    },
    async read(id) {
      const disk = await images.row('disks', id);
      if (disk) return world.plane.disks.get(disk.volumeId)!.content;
      const snapshot = (await images.row('snapshots', id))!;
      return world.plane.content(snapshot.regionId, snapshot.root)!;
    },
    holds: {
      isHeld: (what) => gates.has(what),
      hold(what) {
        gates.set(what, world.plane.hold(what === 'copies' ? 'copy' : 'store'));
      },
      letGo(what) {
        gates.get(what)!();
        gates.delete(what);
      },
    },
    heard,
    [Symbol.asyncDispose]: () => images[Symbol.asyncDispose](),
  };
}

const BLOCK_BYTES = 4096;

/** Real disks: what they hold is a text in their first block. */
export async function createRealBed(): Promise<Bed> {
  const life = await createLifeWorld();
  const model = createModel();
  const asBlock = (content: Content) => {
    const block = Buffer.alloc(BLOCK_BYTES);
    block.write(content);
    return block;
  };
  for (const regionId of REGIONS) {
    const content = `public in ${regionId}`;
    const id = await life.image(asBlock(content), { regionId, name: `public-${regionId}` });
    addPublicImage(model, { id, regionId, gib: 1, content });
  }
  const { tenants, heard } = await createTenants(life.world, life.settled);
  return {
    world: life.world,
    model,
    tenants,
    regionIds: REGIONS,
    settled: life.settled,
    write: (diskId, content) => life.write(diskId, 0, asBlock(content)),
    async read(id) {
      const block = await life.read(id, 0, BLOCK_BYTES);
      const [text = ''] = block.toString().split('\0');
      assert.ok(block.equals(asBlock(text)), `${id} holds bytes that nobody wrote`);
      return text;
    },
    holds: null,
    heard,
    [Symbol.asyncDispose]: () => life[Symbol.asyncDispose](),
  };
}

async function createTenants(
  world: World,
  settled: () => Promise<void>,
): Promise<{ tenants: Tenant[]; heard: Heard[] }> {
  const heard: Heard[] = [];
  const tenants: Tenant[] = [];
  for (let number = 0; number < TENANTS; number++) {
    const account = await world.account(`tenant ${number}`);
    const ecs = listening(world.ecs(account), account.accountId, heard);
    tenants.push(createTenant({ ...account, ecs }, settled));
  }
  return { tenants, heard };
}

/** A client that keeps what it sends and gets. */
function listening<Client extends object>(client: Client, accountId: string, heard: Heard[]): Client {
  return new Proxy(client, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return async (request: { toMap(): object }): Promise<unknown> => {
        const said = JSON.stringify(request.toMap());
        try {
          const response = (await member.call(target, request)) as { body: object };
          heard.push({ accountId, said, answer: JSON.stringify(response.body) });
          return response;
        } catch (error) {
          const { message, data } = error as Error & { data?: object };
          heard.push({ accountId, said, answer: `${message} ${JSON.stringify(data ?? {})}` });
          throw error;
        }
      };
    },
  });
}

function addPublicImage(model: Model, image: { id: string; regionId: string; gib: number; content: Content }): void {
  const { id, regionId, gib, content } = image;
  model.images.set(id, {
    id,
    owner: null,
    regionId,
    isGone: false,
    state: 'available',
    isCopied: false,
    source: null,
    disks: [{ type: 'system', device: SYSTEM_DEVICE, gib, content, snapshot: null }],
    sharedWith: new Set(),
    wasSharedWith: new Set(),
  });
}
