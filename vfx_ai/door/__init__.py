"""The functions of `import vfx_ai`. They load what is heavy when they are called."""
