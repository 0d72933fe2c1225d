import type { Call } from '../../call.ts';

/** The language of local names; Japanese is accepted and answered in English. */
export function languageOf(call: Call, acceptLanguage = 'zh-CN'): 'zh-CN' | 'en-US' {
  if (!['zh-CN', 'en-US', 'ja'].includes(acceptLanguage)) throw call.error('InvalidAcceptLanguage.NotFound');
  return acceptLanguage === 'zh-CN' ? 'zh-CN' : 'en-US';
}
