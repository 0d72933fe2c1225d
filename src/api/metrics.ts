import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

export interface Metrics {
  request(action: string, status: number, code: string, seconds: number): void;
  /** Prometheus text. `jobs`: how many are in which state now. */
  text(jobs: ReadonlyMap<string, number>): Promise<{ contentType: string; body: string }>;
}

const LATENCY_BUCKETS_S = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export function createMetrics(): Metrics {
  const registry = new Registry();
  const requests = new Counter({
    name: 'tongjing_requests_total',
    help: 'API requests by action, HTTP status and error code (empty on success).',
    labelNames: ['action', 'status', 'code'] as const,
    registers: [registry],
  });
  const latency = new Histogram({
    name: 'tongjing_request_seconds',
    help: 'Time from the whole request to its answer.',
    labelNames: ['action'] as const,
    buckets: LATENCY_BUCKETS_S,
    registers: [registry],
  });
  const states = new Gauge({
    name: 'tongjing_jobs',
    help: 'Jobs by state.',
    labelNames: ['status'] as const,
    registers: [registry],
  });
  let hasDefaults = false;
  return {
    request(action, status, code, seconds) {
      requests.inc({ action, status, code });
      latency.observe({ action }, seconds);
    },
    async text(jobs) {
      if (!hasDefaults) collectDefaultMetrics({ register: registry });
      hasDefaults = true;
      states.reset();
      for (const [status, count] of jobs) states.set({ status }, count);
      return { contentType: registry.contentType, body: await registry.metrics() };
    },
  };
}
