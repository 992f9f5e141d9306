import { testSeeds } from './rollouts.ts';

testSeeds(501, 500);
