import { craftingIcrl } from '../src/arms.ts'

export default craftingIcrl()
