import { model } from '../../../contract/model.ts';
import { findBootProof } from '../../../records/tables/bootProofs.ts';
import { secondsTime } from '../../../rules/times.ts';
import { ownAction } from '../../action.ts';
import { ownImage } from '../../ecs/images/ownImage.ts';

/** How an image's newest boot went. Without a Status it was never tried; ConsoleOutput and Screenshot (PNG) are Base64, and the guest's own word. */
export const DescribeImageBootProof = ownAction(
  'Tongjing',
  'DescribeImageBootProof',
  {
    request: model({ regionId: 'string', imageId: 'string' }),
    response: model({
      status: 'string',
      reached: 'string',
      reason: 'string',
      startTime: 'string',
      endTime: 'string',
      consoleOutput: 'string',
      screenshot: 'string',
    }),
    access: 'read',
    required: ['imageId'],
  },
  async (request, call) => {
    const { regionId } = call.region(request.regionId);
    const image = await ownImage(call, regionId, request.imageId);
    const proof = await findBootProof(call.db, image.id);
    if (!proof) return {};
    const { status, reached, reason, startedAt, endedAt, consoleOutput, screenshot } = proof;
    const time = (ms: number | null) => (ms === null ? undefined : secondsTime(ms));
    return {
      status,
      reached: reached ?? undefined,
      reason: reason ?? undefined,
      startTime: time(startedAt),
      endTime: time(endedAt),
      consoleOutput: consoleOutput ?? undefined,
      screenshot: screenshot ?? undefined,
    };
  },
);
