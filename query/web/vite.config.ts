import { defineConfig } from 'vite';
import { resolve } from 'node:path';
import { pages } from './tools/pages.ts';

const root = import.meta.dirname;

export default defineConfig({
  root,
  base: '/',
  publicDir: false,
  plugins: [pages(resolve(root, 'pages'), resolve(root, 'src/icon.svg'))],
  build: {
    outDir: resolve(process.env.FLASHPOLL_WEB_OUT ?? resolve(root, 'dist')),
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: false,
    minify: 'terser',
    terserOptions: { module: true, ecma: 2020, compress: { passes: 3 } },
    assetsInlineLimit: 0,
    cssCodeSplit: true,
    rollupOptions: {
      // Vite keeps quiet about modules that import each other.
      onwarn(warning, warn) {
        if (warning.code === 'CIRCULAR_DEPENDENCY') throw new Error(warning.message);
        warn(warning);
      },
      input: {
        app: resolve(root, 'src/app.ts'),
        style: resolve(root, 'src/style/index.css'),
      },
      output: {
        entryFileNames: 'assets/[name]-[hash].js',
        chunkFileNames: 'assets/[name]-[hash].js',
        assetFileNames: 'assets/[name]-[hash][extname]',
      },
    },
  },
});
