import { leakIcrl } from '../src/appliance-arms.ts'

export default leakIcrl()
