/** What JSON, and XML without attributes, can say. */
export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

/** No attributes; a list repeats its element. `namespace`: the root's, if any. */
export function toXml(root: string, body: { [name: string]: Json }, namespace = ''): string {
  const start = namespace ? `${root} xmlns="${namespace}"` : root;
  return `<?xml version='1.0' encoding='UTF-8'?><${start}>${content(body)}</${root}>`;
}

function element(name: string, value: Json): string {
  if (Array.isArray(value)) return value.map((item) => element(name, item)).join('');
  if (value === null) return '';
  return `<${name}>${content(value)}</${name}>`;
}

function content(value: Exclude<Json, null>): string {
  if (typeof value === 'object') {
    return Object.entries(value)
      .map(([name, field]) => element(name, field))
      .join('');
  }
  return escapeXml(String(value));
}

const ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\r': '&#13;',
};

/** What XML 1.0 can't hold. */
// oxlint-disable-next-line no-control-regex
const NOT_XML = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g;

function escapeXml(text: string): string {
  return text.replace(/[&<>"'\r]/g, (char) => ESCAPES[char]!).replace(NOT_XML, '\ufffd');
}
