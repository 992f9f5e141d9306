import type { Config } from 'jest';

const transform = {
  '^.+\\.ts$': [
    '@swc/jest',
    {
      jsc: { parser: { syntax: 'typescript' }, target: 'es2024' },
      module: { type: 'es6' },
      sourceMaps: 'inline',
    },
  ],
} satisfies Config['transform'];

const common = {
  extensionsToTreatAsEsm: ['.ts'],
  transform,
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
} satisfies Config;

const config: Config = {
  testSequencer: '<rootDir>/test/e2e/support/longest-first.ts',
  projects: [
    {
      ...common,
      displayName: 'unit',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: ['<rootDir>/test/e2e/', '<rootDir>/test/shell/'],
    },
    {
      // The CommonJS shell requires the ESM client: it must be loaded before, or Node calls it a cycle.
      ...common,
      displayName: 'shell',
      testMatch: ['<rootDir>/test/shell/**/*.test.ts'],
      setupFiles: ['@kubernetes/client-node'],
    },
    {
      ...common,
      displayName: 'e2e',
      testMatch: ['<rootDir>/test/e2e/**/*.test.ts'],
      globalSetup: '<rootDir>/test/e2e/support/global-setup.ts',
      globalTeardown: '<rootDir>/test/e2e/support/global-teardown.ts',
    },
  ],
};

export default config;
