import { readFileSync } from 'node:fs';

export interface Region {
  regionId: string;
  localName: Readonly<Record<'zh-CN' | 'en-US', string>>;
  /** Bare host. */
  endpoint: string;
  site: 'mainland' | 'other';
  zones: readonly string[];
  /** First characters after the type prefix of every id made in the region (`i-bp1…`). */
  idInfix: string;
}

/** Public regions and zones, in the order DescribeRegions lists them. Source: the vendor's "Regions and zones" page. */
export const regions: readonly Region[] = JSON.parse(readFileSync(new URL('./regions.json', import.meta.url), 'utf8'));

const byId = new Map(regions.map((region) => [region.regionId, region]));

export const findRegion = (regionId: string): Region | undefined => byId.get(regionId);
