import type { RunConfig } from 'icrl'
import { shopIcrl } from '../src/arms.ts'
import type { ShopTask } from '../src/shop.ts'

const run: RunConfig<ShopTask> = shopIcrl()

export default run
