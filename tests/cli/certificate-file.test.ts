import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { keepingCertificate } from '../../src/cli/certificate-file.ts'
import { failureOf } from '../support/failure-of.ts'
import { tempFolder } from '../support/temp-folder.ts'

const erased = { certificate: { clientCode: 'acme', seal: 'a.b.c' } }

test('the file of a certificate is open before anything is erased, and has its name only when it is whole', async () => {
  const folder = tempFolder()
  const path = join(folder, 'c.json')
  const kept = await keepingCertificate(path, 'acme', async () => {
    expect(readdirSync(folder)).toEqual([expect.stringMatching(/\.part$/)])
    return erased
  })
  expect(kept).toEqual({ erased, certificateFile: path })
  expect(readdirSync(folder)).toEqual(['c.json'])
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(erased.certificate)
})

test('a certificate that can be written nowhere keeps the client from being erased', async () => {
  const folder = tempFolder({ 'no-folder': '' })
  let began = false
  const failing = keepingCertificate(join(folder, 'no-folder', 'c.json'), 'acme', async () => {
    began = true
    return erased
  })
  expect(await failureOf(failing)).toMatchObject({
    code: 'FILE_UNWRITABLE',
    message: expect.stringContaining('The file c.json cannot be written to'),
    hint: 'Nothing was erased. Choose another place with --certificate.',
  })
  expect(began).toBe(false)
})

test('a certificate that cannot be written after all is told apart from an erasure that failed', async () => {
  const folder = tempFolder()
  const path = join(folder, 'c.json')
  const failing = keepingCertificate(path, 'acme', async () => {
    writeFileSync(path, 'somebody else')
    return erased
  })
  expect(await failureOf(failing)).toMatchObject({
    code: 'FILE_UNWRITABLE',
    message: `Client acme IS erased; only the certificate could not be written: There is a file ${path} already`,
    hint: 'Get it with: privacy:erase --client acme --confirm acme --certificate <another file>',
  })
  expect(readFileSync(path, 'utf8')).toBe('somebody else')
})

test('an erasure that fails tells its own error and leaves no file', async () => {
  const folder = tempFolder()
  const broken = Object.assign(new Error('read ECONNRESET'), { syscall: 'read' })
  const failing = keepingCertificate(join(folder, 'c.json'), 'acme', () => Promise.reject(broken))
  await expect(failing).rejects.toBe(broken)
  expect(readdirSync(folder)).toEqual([])
})
