/** Bytes of user data before base64. */
const USER_DATA_BYTES = 32 * 1024;

/** What is wrong with user data, base64 as sent; null: nothing. */
export function userDataFault(text: string): 'malformed' | 'too large' | null {
  const bytes = Buffer.from(text, 'base64');
  const isBase64 = /^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(text) && bytes.length > 0;
  if (!isBase64) return 'malformed';
  return bytes.length > USER_DATA_BYTES ? 'too large' : null;
}

/** Host name of an instance that was given none: `iZ…Z`, on Windows 15 characters. */
export function defaultHostName(instanceId: string, osType: 'linux' | 'windows'): string {
  const own = instanceId.slice(instanceId.indexOf('-') + 1);
  return `iZ${osType === 'windows' ? own.slice(-12) : own}Z`;
}
