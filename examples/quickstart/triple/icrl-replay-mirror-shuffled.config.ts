import type { RunConfig } from 'icrl'
import { tripleIcrl } from '../src/appliance-arms.ts'
import type { ApplianceTask } from '../src/appliance-world.ts'

const run: RunConfig<ApplianceTask> = tripleIcrl({
  replay: { steps: 10, most: 128 },
  mirror: 1,
  critic: 'shuffled',
})

export default run
