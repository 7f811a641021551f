import { packagePath } from '../src/base/package-folder.ts'
import { bundle } from './bundle.ts'
import { runTool } from './run-tool.ts'

// Writes dist/: what the package ships beside its SQL, its templates and its configuration.
await bundle(packagePath('dist'))
const types = await runTool('tsc', ['-p', 'tsconfig.build.json'])
if (types.status !== 0) throw new Error(`The types could not be written:\n${types.output}`)
