/** `npm run docs:hosts`: writes docs/hosts.md from the tables of reasons in src. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hostsPage } from './docs/hosts-page.ts';

const { path, text } = hostsPage();
writeFileSync(join(import.meta.dirname, '..', path), text);
console.log(path);
