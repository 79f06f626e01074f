import type { RunConfig } from 'icrl'
import { craftingIcrl } from '../src/arms.ts'
import type { KitTask } from '../src/crafting-world.ts'

const run: RunConfig<KitTask> = craftingIcrl()

export default run
