import type { Action } from '../action.ts';
import { DescribeImageBootProof } from './bootProofs/DescribeImageBootProof.ts';
import { ProveImage } from './bootProofs/ProveImage.ts';
import { DescribeCopyProgress } from './copies/DescribeCopyProgress.ts';
import { Explain } from './explanations/Explain.ts';
import { DescribeAccountImageSettings } from './imageSettings/DescribeAccountImageSettings.ts';
import { ModifyAccountImageSettings } from './imageSettings/ModifyAccountImageSettings.ts';
import { AcceptImageShare } from './imageShares/AcceptImageShare.ts';
import { ListImageShares } from './imageShares/ListImageShares.ts';
import { ListReceivedImageShares } from './imageShares/ListReceivedImageShares.ts';
import { ModifyImageShareAttribute } from './imageShares/ModifyImageShareAttribute.ts';
import { RejectImageShare } from './imageShares/RejectImageShare.ts';
import { DescribeCatalogueImage } from './images/DescribeCatalogueImage.ts';
import { DescribeImageLineage } from './images/DescribeImageLineage.ts';
import { ListProtectedImages } from './images/ListProtectedImages.ts';
import { ModifyImageProtection } from './images/ModifyImageProtection.ts';
import { ListQuotas } from './quotas/ListQuotas.ts';
import { SetQuota } from './quotas/SetQuota.ts';
import { ListRecycledImages } from './recycleBin/ListRecycledImages.ts';
import { PurgeImage } from './recycleBin/PurgeImage.ts';
import { RestoreImage } from './recycleBin/RestoreImage.ts';
import { GrantTicket } from './tickets/GrantTicket.ts';
import { ListTickets } from './tickets/ListTickets.ts';
import { RefuseTicket } from './tickets/RefuseTicket.ts';
import { SubmitTicket } from './tickets/SubmitTicket.ts';
import { WithdrawTicket } from './tickets/WithdrawTicket.ts';
import { ListUsage } from './usage/ListUsage.ts';

export const tongjingActions: readonly Action[] = [
  AcceptImageShare,
  DescribeAccountImageSettings,
  DescribeCatalogueImage,
  DescribeCopyProgress,
  DescribeImageBootProof,
  DescribeImageLineage,
  Explain,
  GrantTicket,
  ListImageShares,
  ListProtectedImages,
  ListQuotas,
  ListReceivedImageShares,
  ListRecycledImages,
  ListTickets,
  ListUsage,
  ModifyAccountImageSettings,
  ModifyImageProtection,
  ModifyImageShareAttribute,
  ProveImage,
  PurgeImage,
  RefuseTicket,
  RejectImageShare,
  RestoreImage,
  SetQuota,
  SubmitTicket,
  WithdrawTicket,
];
