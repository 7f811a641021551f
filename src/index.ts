export { FlowsError } from './base/errors.ts'
