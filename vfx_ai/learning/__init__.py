"""A small diffusion model that learns from footage alone: one shot's, or a studio's own.

It is internal learning, as in Shaham et al., "SinGAN" (ICCV 2019) and Cherel et al., "Infusion" (2024), with a cascade
as in Ho et al., "Cascaded Diffusion Models" (JMLR 2022): what is coarse is made first, and each finer level adds to it.
"""
