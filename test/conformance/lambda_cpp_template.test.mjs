// runtimes/cpp as its users get it: installed as a CMake package, found by a copy of the template, built, tested, deployed.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { CreateFunctionCommand } from '@aws-sdk/client-lambda';

import { lambdaClient } from './support/clients.mjs';
import { invoke, role } from './support/functions.mjs';
import { root, startServer, temporaryFolder } from './support/server.mjs';

function run(program, ...args) {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  assert.equal(status, 0, `${program} ${args.join(' ')}\n${stdout}${stderr}`);
  return stdout;
}

test('the template becomes a function', async () => {
  const folder = temporaryFolder();
  const cached = spawnSync('ccache', ['--version']).status === 0 ? ['-DCMAKE_CXX_COMPILER_LAUNCHER=ccache'] : [];
  const build = (source, into, ...more) => {
    run('cmake', '-S', source, '-B', into, '-G', 'Ninja', ...cached, ...more);
    run('cmake', '--build', into);
  };
  build(join(root, 'runtimes/cpp'), join(folder, 'sdk-build'), `-DCMAKE_INSTALL_PREFIX=${folder}/sdk`);
  run('cmake', '--install', join(folder, 'sdk-build'));
  cpSync(join(root, 'runtimes/cpp/template'), join(folder, 'hello'), { recursive: true });
  build(join(folder, 'hello'), join(folder, 'build'), `-DCMAKE_PREFIX_PATH=${folder}/sdk`);
  assert.match(run('ctest', '--test-dir', join(folder, 'build')), /100% tests passed.* out of 1/);
  const linked = spawnSync('ldd', [join(folder, 'build/hello.package/bootstrap')], { encoding: 'utf8' });
  assert.match(linked.stdout + linked.stderr, /not a dynamic executable|statically linked/);

  const lambda = lambdaClient(await startServer());
  const Code = { ZipFile: readFileSync(join(folder, 'build/hello.zip')) };
  await lambda.send(new CreateFunctionCommand({ FunctionName: 'hello', Runtime: 'provided.al2023', Handler: 'bootstrap', Role: role, Code }));
  assert.equal((await invoke(lambda, 'hello', { name: 'Ada' })).payload.greeting, 'Hello, Ada');
  assert.equal((await invoke(lambda, 'hello')).payload.errorType, 'BadRequest');
});
