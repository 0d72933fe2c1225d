/** What may be asked for by a ticket. Source: the image FAQ, which sends its readers to the ticket system for each. */
export const TICKET_KINDS = {
  'export-image': 'Export images into buckets.',
  'export-snapshot': 'Export snapshots into buckets, which otherwise only images are.',
  'copy-above-500-gib': 'Copy images of more than 500 GiB to another region.',
  'io-optimised-image': 'Make I/O-optimised instances from an image that is flagged as not supporting them.',
  quota: 'Have more of something than the quota allows.',
} as const;

export type TicketKind = keyof typeof TICKET_KINDS;

export const TICKET_STATUSES = ['Submitted', 'Granted', 'Refused', 'Withdrawn'] as const;

export type TicketStatus = (typeof TICKET_STATUSES)[number];

/** Above this a copy wants a granted ticket. Source: the image FAQ, "Is there a limit to the size of a copied image?". */
export const LARGE_COPY_GIB = 500;
