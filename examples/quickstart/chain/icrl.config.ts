import { chainIcrl } from '../src/arms.ts'

export default chainIcrl()
