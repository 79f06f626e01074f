import type { RunConfig } from 'icrl'
import { tripleShuffled } from '../src/appliance-arms.ts'
import type { ApplianceTask } from '../src/appliance-world.ts'

const run: RunConfig<ApplianceTask> = tripleShuffled()

export default run
