import { describe, expect, it } from '@jest/globals';
import { readArguments, UsageError } from '../../src/cli/arguments.ts';

const needed = ['verify', '--node', 'n1', '--image', 'registry.example.com/operator:1'];

describe('the command line', () => {
  it('needs a node and an image, and has a default for the rest', () => {
    expect(readArguments(needed)).toEqual({
      do: 'Verify',
      wish: {
        node: 'n1',
        image: 'registry.example.com/operator:1',
        kubeconfig: undefined,
        context: undefined,
        namespace: 'containeros-verify',
        imagePullSecrets: [],
        hostCommand: 'Chroot',
      },
    });
  });

  it('takes every option', () => {
    const more = ['--kubeconfig', 'F', '--context', 'C', '--namespace', 'N', '--host-command', 'Nsenter'];
    const secrets = ['--image-pull-secret', 'a', '--image-pull-secret', 'b'];
    expect(readArguments([...needed, ...more, ...secrets])).toMatchObject({
      wish: {
        kubeconfig: 'F',
        context: 'C',
        namespace: 'N',
        hostCommand: 'Nsenter',
        imagePullSecrets: ['a', 'b'],
      },
    });
  });

  it('tells how it is used', () => {
    expect(readArguments(['--help'])).toMatchObject({
      do: 'Help',
      text: expect.stringContaining('--node NODE'),
    });
  });

  it.each<[string, readonly string[], string]>([
    ['no command', [], 'say what to do: verify'],
    ['another command', ['check'], 'there is no command check, only verify'],
    ['no node', ['verify', '--image', 'i'], '--node must be given'],
    ['no image', ['verify', '--node', 'n'], '--image must be given'],
    ['an empty node', ['verify', '--node', '', '--image', 'i'], '--node must be given'],
    ['an empty namespace', [...needed, '--namespace', ''], '--namespace must be given'],
    ['two nodes', [...needed, 'n2'], 'one node at a time, by --node; not understood: n2'],
    ['an unknown option', [...needed, '--force'], "Unknown option '--force'"],
    [
      'an unknown way',
      [...needed, '--host-command', 'Ssh'],
      '--host-command must be one of Chroot, Nsenter, not Ssh',
    ],
  ])('refuses %s, and says what is accepted', (_what, argv, problem) => {
    const read = (): unknown => readArguments(argv);
    expect(read).toThrow(UsageError);
    expect(read).toThrow(expect.objectContaining({ text: expect.stringContaining(problem) }));
    expect(read).toThrow(
      expect.objectContaining({ text: expect.stringContaining('Usage: kubectl-containeros verify') }),
    );
  });
});
