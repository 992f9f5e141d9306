/** One lab with the operator in it, installed by helm, for all scenes that can share it. Its folder goes to them by SCENE_LAB. */
import { bundle, bundles } from '../../../scripts/build/bundle.ts';
import { installOperator } from '../../lab/chart.ts';
import { makeOperatorImage } from '../../lab/image.ts';
import type { Lab } from '../../lab/lab.ts';
import type { Recording } from '../../recorder/record.ts';
import { record } from '../../recorder/record.ts';
import { startLab } from '../../lab/lab.ts';
import { join } from 'node:path';
import { applyScene, parseScene, sceneText } from '../../lab/scene.ts';
import { homeLabel } from './home-label.ts';
import { hooksNamespace } from '../../recorder/world/audit.ts';
import { operatorSettings } from './waits.ts';

const holder = globalThis as { sceneLab?: Lab; sceneRecording?: Recording };

export default async function setup(): Promise<void> {
  const root = join(import.meta.dirname, '../../..');
  for (const one of bundles) await bundle(root, one);
  const lab = await startLab({ images: (dir) => [makeOperatorImage(join(dir, 'image'))] });
  holder.sceneLab = lab;
  process.env['SCENE_LAB'] = lab.dir;
  holder.sceneRecording = await record(lab);
  // The operator lives on nodes of its own, so that no scene reboots it by the way.
  const homes = ['home-1', 'home-2'].map((name) => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: { [homeLabel]: 'true' },
      annotations: { 'lab.containeros.dev/host': JSON.stringify({ os: 'Bottlerocket', version: '1.26.1' }) },
    },
  }));
  await applyScene(lab, parseScene(sceneText(homes)));
  await installOperator(lab, {
    values: {
      settings: operatorSettings,
      logLevel: 'debug',
      nodeSelector: { [homeLabel]: 'true' },
      hooks: { namespace: hooksNamespace },
    },
  });
}
