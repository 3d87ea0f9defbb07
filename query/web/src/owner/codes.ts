import { signal } from '@preact/signals';
import { command } from './owner.ts';

interface CodesBody {
  first: number;
  codes: string[];
}

/** Codes on the sheet, from index `first` on; null before they were asked for. */
export const sheet = signal<{ first: number; codes: string[] } | null>(null);

export const pageSize = 1000;

export async function makeCodes(count: number): Promise<void> {
  const body = await command<CodesBody>('codes', '/codes', 'POST', { count });
  if (body) sheet.value = { first: body.first, codes: body.codes };
}

export async function showCodes(first: number): Promise<void> {
  const path = `/codes?first=${first}&count=${pageSize}`;
  const body = await command<CodesBody>('show', path, 'GET');
  if (body) sheet.value = { first, codes: body.codes };
}

/** `ABCD-EFGH-…` is easier to type; the server does not mind. */
export function grouped(code: string): string {
  return code.replaceAll('-', '').replace(/(.{4})(?=.)/g, '$1-');
}
