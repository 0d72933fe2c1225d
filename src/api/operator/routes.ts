import { createAccountRoute, listAccountsRoute, readAccountKey } from './accounts.ts';
import { importCatalogueDisk } from './catalogue.ts';
import { advanceClock, readClock } from './clock.ts';
import { importImage } from './images.ts';
import { exportImage, readImage } from './imagesOut.ts';
import { readJob } from './jobs.ts';
import { openNbd } from './nbd.ts';
import type { Route } from './parts.ts';
import { saveWorld } from './state.ts';
import { collect, usage, verify } from './store.ts';
import { health, metrics, ready, reset, version } from './service.ts';

export const routes: readonly Route[] = [
  { method: 'GET', path: 'health', isOpen: true, run: health },
  { method: 'GET', path: 'ready', isOpen: true, run: ready },
  { method: 'GET', path: 'version', isOpen: true, run: version },
  { method: 'GET', path: 'metrics', isOpen: true, run: metrics },
  { method: 'POST', path: 'reset', run: reset },
  { method: 'POST', path: 'state/save', run: saveWorld },
  { method: 'GET', path: 'clock', run: readClock },
  { method: 'POST', path: 'clock', run: advanceClock },
  { method: 'GET', path: 'accounts', run: listAccountsRoute },
  { method: 'POST', path: 'accounts', run: createAccountRoute },
  { method: 'POST', path: 'catalogue/disks', run: importCatalogueDisk },
  { method: 'GET', path: 'accounts/:id/key', run: readAccountKey },
  { method: 'POST', path: 'images/import', run: importImage },
  { method: 'POST', path: 'images/export', run: exportImage },
  { method: 'GET', path: 'images/:id', run: readImage },
  { method: 'GET', path: 'jobs/:id', run: readJob },
  { method: 'POST', path: 'nbd', run: openNbd },
  { method: 'GET', path: 'usage', run: usage },
  { method: 'POST', path: 'verify', run: verify },
  { method: 'POST', path: 'gc', run: collect },
];
