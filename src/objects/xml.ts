import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { toXml, type Json } from '../base/xml.ts';
import type { Dialect } from './dialect.ts';
import { objectFault } from './faults.ts';
import type { ObjectAnswer } from './parts.ts';

const S3_NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

export function xmlAnswer(
  dialect: Dialect,
  root: string,
  body: { [name: string]: Json },
  headers: Readonly<Record<string, string>> = {},
): ObjectAnswer {
  return { status: 200, headers, body: toXml(root, body, dialect === 's3' ? S3_NAMESPACE : '') };
}

/** An element of a request's body: lists are lists even with one item. */
export type XmlElement = { readonly [name: string]: readonly (XmlElement | string)[] };

const parser = new XMLParser({
  ignoreAttributes: true,
  parseTagValue: false,
  ignoreDeclaration: true,
  // With numbers too: Go writes quotes as `&#34;`.
  htmlEntities: true,
  isArray: () => true,
});

/** The children of the root, which must be `root`. Throws MalformedXML. Document types, and so entities of one's own, are refused. */
export function parseXml(text: string, root: string): XmlElement {
  if (/<!DOCTYPE/i.test(text) || XMLValidator.validate(text) !== true) throw objectFault('MalformedXML');
  const parsed = parse(text);
  const found = parsed[root]?.[0];
  if (found === undefined) throw objectFault('MalformedXML', `The root is not ${root}.`);
  return typeof found === 'string' ? {} : found;
}

/** Elements are nested a hundred deep at most. */
function parse(text: string): XmlElement {
  try {
    return parser.parse(text) as XmlElement;
  } catch {
    throw objectFault('MalformedXML');
  }
}

export function elementsIn(element: XmlElement, name: string): XmlElement[] {
  return (element[name] ?? []).map((item) => (typeof item === 'string' ? {} : item));
}

export function textsIn(element: XmlElement, name: string): string[] {
  return (element[name] ?? []).filter((item) => typeof item === 'string');
}

export const textIn = (element: XmlElement, name: string): string | undefined => textsIn(element, name)[0];
