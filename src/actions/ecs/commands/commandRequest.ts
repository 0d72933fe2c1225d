import type { CommandRow } from '../../../records/tables/commands.ts';
import {
  COMMAND_TYPES,
  DEFAULT_TIMEOUT,
  isParameterName,
  LONGEST_PARAMETER_NAME,
  LONGEST_TIMEOUT,
  MOST_CONTENT,
  MOST_DEFINED_PARAMETERS,
  parameterNames,
  SHORTEST_TIMEOUT,
} from '../../../rules/commands.ts';
import { isResourceGroupId } from '../../../rules/names.ts';
import type { Call } from '../../call.ts';
import { refuseUnbuilt } from '../../unbuilt.ts';

/** What requests say of commands and files, checked. */

const LONGEST_NAME = 128;
const LONGEST_DESCRIPTION = 512;
const LONGEST_FOLDER = 200;

export const invalid = (call: Call, hint: string) =>
  call.error('InvalidParameter', { about: 'parameter is not valid', hint });

export function checkWords(call: Call, { name = '', description = '' }: { name?: string; description?: string }): void {
  if (name.length > LONGEST_NAME) throw call.error('CmdName.ExceedLimit');
  if (description.length > LONGEST_DESCRIPTION) throw call.error('CmdDesc.ExceedLimit');
}

export function readTimeout(call: Call, timeout: number | undefined): number {
  const seconds = timeout ?? DEFAULT_TIMEOUT;
  if (seconds < SHORTEST_TIMEOUT || seconds > LONGEST_TIMEOUT) {
    throw invalid(call, `Timeout is ${SHORTEST_TIMEOUT} to ${LONGEST_TIMEOUT} seconds.`);
  }
  return seconds;
}

export function readFolder(call: Call, folder = ''): string {
  if (folder.length > LONGEST_FOLDER || folder.includes('\0')) throw invalid(call, 'WorkingDir');
  return folder;
}

export function readResourceGroup(call: Call, id = ''): string {
  if (id !== '' && !isResourceGroupId(id)) throw call.error('InvalidResourceGroup.NotFound');
  return id;
}

/** Shell scripts alone: guests with Windows are not spoken to. */
export function readType(call: Call, type: string): CommandRow['type'] {
  const known = COMMAND_TYPES.find((each) => each === type);
  if (!known) throw call.error('InvalidCmdType.NotFound');
  refuseUnbuilt(call, { [`Type=${known}`]: known !== 'RunShellScript' });
  return 'RunShellScript';
}

/** As bytes; what is no encoding's name is as the action takes it without one. */
export function readContent(call: Call, text: string, encoding: 'PlainText' | 'Base64', most = MOST_CONTENT): Buffer {
  const isBase64 = encoding === 'Base64';
  if (isBase64 && !/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(text)) throw invalid(call, 'The content is not Base64.');
  const bytes = Buffer.from(text, isBase64 ? 'base64' : 'utf8');
  checkLength(call, bytes, most);
  return bytes;
}

export function checkLength(call: Call, content: Buffer, most = MOST_CONTENT): void {
  if (content.toString('base64').length > most) throw call.error('CmdContent.ExceedLimit');
}

export function encodingOf(text: string | undefined, usual: 'PlainText' | 'Base64'): 'PlainText' | 'Base64' {
  const lower = text?.toLowerCase();
  if (lower === 'plaintext') return 'PlainText';
  return lower === 'base64' ? 'Base64' : usual;
}

/** The parameters that a content defines, as they may be. */
export function checkDefinitions(call: Call, content: Buffer): void {
  const names = parameterNames(content.toString('utf8'));
  if (names.length > MOST_DEFINED_PARAMETERS) throw call.error('ParameterCount.ExceedLimit');
  for (const name of names) {
    if (name === '') throw call.error('CmdParam.EmptyKey');
    if (!isParameterName(name)) throw call.error('CmdParam.InvalidParamName');
    if (name.length > LONGEST_PARAMETER_NAME) throw call.error('CmdParamName.ExceedLimit');
  }
}
