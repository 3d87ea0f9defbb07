import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

type Names = Record<string, string>;

/**
 * Writes pages/*.html and words.json beside the assets, with `{{> part}}` and `{{asset:name}}`
 * resolved, and manifest.json (logical name -> file). Placeholders of the server stay.
 */
export function pages(folder: string, icon: string): Plugin {
  return {
    name: 'flashpoll-pages',
    apply: 'build',
    buildStart() {
      this.emitFile({ type: 'asset', name: 'icon.svg', source: readFileSync(icon, 'utf8') });
    },
    generateBundle(_options, bundle) {
      const names = logicalNames(Object.values(bundle));
      for (const file of readdirSync(folder)) {
        if (!file.endsWith('.html') && file !== 'words.json') continue;
        const text = readFileSync(join(folder, file), 'utf8');
        const source = file.endsWith('.html') ? resolvePage(text, folder, names) : text;
        this.emitFile({ type: 'asset', fileName: `pages/${file}`, source });
      }
      const manifest = JSON.stringify(names, null, 2) + '\n';
      this.emitFile({ type: 'asset', fileName: 'manifest.json', source: manifest });
    },
  };
}

type Output = { type: string; fileName: string; name?: string; names?: string[] };

function logicalNames(outputs: Output[]): Names {
  const names: Names = {};
  for (const output of outputs) {
    const name = output.type === 'chunk' ? `${output.name}.js` : output.names?.[0];
    if (name) names[name.split('/').at(-1)!] = output.fileName;
  }
  return Object.fromEntries(Object.entries(names).sort());
}

function resolvePage(text: string, folder: string, names: Names): string {
  const whole = text.replace(/\{\{> (\w+)\}\}\n?/g, (_match, part: string) =>
    readFileSync(join(folder, 'parts', `${part}.html`), 'utf8'),
  );
  return whole.replace(/\{\{asset:([^}]+)\}\}/g, (_match, name: string) => {
    const file = names[name];
    if (!file) throw new Error(`no asset ${name} among ${Object.keys(names).join(', ')}`);
    return `/${file}`;
  });
}
