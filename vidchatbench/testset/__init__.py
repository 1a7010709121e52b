"""testset"""
