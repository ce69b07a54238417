"""What the commonest messages of torch, numpy and Python mean, in plain words."""

MESSAGES = [
    (
        r"mat1 and mat2 shapes cannot be multiplied \((\d+)x(\d+) and (\d+)x(\d+)\)",
        (
            "The matrix on the left has {1} columns, the one on the right {2} rows; they must be"
            " equal."
        ),
    ),
    (
        r"size mismatch, got input \((\d+)\), mat \((\d+)x(\d+)\), vec \((\d+)\)",
        "The matrix has {2} columns, the vector {3} entries; they must be equal.",
    ),
    (
        (
            r"size of tensor a \((\d+)\) must match the size of tensor b \((\d+)\) at"
            r" non-singleton dimension (\d+)"
        ),
        "Two tensors meet elementwise, but along axis {2} one has {0} entries and the other {1}.",
    ),
    (
        (
            r"weight of size \[(.*?)\], expected input\[(.*?)\] to have (\d+) channels, but got"
            r" (\d+) channels"
        ),
        "Channels: the kernels expect {2}, the input has {3}. A weight begins with (out, in).",
    ),
    (
        r"shape '\[(.*?)\]' is invalid for input of size (\d+)",
        "{1} numbers cannot be arranged as ({0}): the product of the sizes must be {1}.",
    ),
    (
        r"(?:expected scalar type|same dtype, but got:?) ?(\w+)[^\w]+(?:but found|and|!=) (\w+)",
        "Two tensors have different dtypes, {0} and {1}. Make new tensors with `dtype=x.dtype`.",
    ),
    (
        r"Calculated padded input size per channel: \((.*?)\)\. Kernel size: \((.*?)\)",
        "The kernel ({1}) is larger than the padded input ({0}): there is no place to put it.",
    ),
    (
        r"index (-?\d+) is out of bounds for (?:dimension|axis) (\d+) with size (\d+)",
        "Index {0} does not exist: axis {1} has {2} entries, numbered from 0.",
    ),
    (
        (
            r"Sizes of tensors must match except in dimension (\d+)\. Expected size (\d+) but got"
            r" size (\d+)"
        ),
        "Tensors joined along axis {0} must agree in all other axes; here {1} meets {2}.",
    ),
    (
        r"operands could not be broadcast together with shapes (\(.*?\)) (\(.*?\))",
        "Two arrays of shapes {0} and {1} meet elementwise and do not fit.",
    ),
    (
        (
            r"subscript (\w) has size (\d+) for operand \d+ which does not broadcast with"
            r" previously seen size (\d+)"
        ),
        "In the einsum, the letter {0} stands for {1} in one tensor and {2} in another.",
    ),
    (
        (
            r"shape mismatch: value tensor of shape \[(.*?)\] cannot be broadcast to indexing"
            r" result of shape \[(.*?)\]"
        ),
        "A value of shape ({0}) is written into a place of shape ({1}).",
    ),
    (
        (
            r"expanded size .*? \((\d+)\) must match the existing size \((\d+)\) at non-singleton"
            r" dimension (\d+)"
        ),
        "A value with {1} entries along axis {2} is written where there are {0}.",
    ),
    (
        r"Expected .*?(\d)D.*? input to (\w+), but got input of size: \[(.*?)\]",
        "The input has shape ({2}), which has too many or too few axes. Images are (N, C, H, W).",
    ),
    (
        r"cannot assign '.+?' as parameter '(\w+)' \(torch\.nn\.Parameter or None expected\)",
        (
            "In place of the parameter `{0}` stands only another `nn.Parameter`. A function of"
            " `nn.init` changes its numbers."
        ),
    ),
    (
        r"cannot assign (?:module|parameters) before Module\.__init__\(\) call",
        "Start `__init__` with `super().__init__()`.",
    ),
    (
        r"Expected more than 1 value per channel when training",
        "With one value a channel the variance is zero: batch statistics need more than one.",
    ),
    (
        r"view size is not compatible",
        (
            "The memory is not in the order `view` needs, for example after a transpose. Use"
            " `reshape`."
        ),
    ),
    (
        r"Can't call numpy\(\) on Tensor that requires grad",
        "The tensor is part of a gradient computation. Use `.detach()` first.",
    ),
    (
        r"element 0 of tensors does not require grad",
        (
            "Nothing on the way to this value asked for gradients. Set `requires_grad=True` before"
            " computing it."
        ),
    ),
    (
        r"a leaf Variable that requires grad is being used in an in-place operation",
        (
            "A tensor that wants gradients may not be changed in place. Write `w = w + ...`, or"
            " use `torch.no_grad()`."
        ),
    ),
    (
        r"can't allocate memory: you tried to allocate (\d+) bytes",
        (
            "That asks for {0} bytes, more than this machine has. Is a size multiplied once too"
            " often?"
        ),
    ),
    (
        r"only integer tensors of a single element can be converted to an index",
        "An index must be a whole number. `/` gives a float; `//` does not.",
    ),
    (
        (
            r"'NoneType' object is not|unsupported operand type\(s\) for .*'NoneType'|must be"
            r" Tensor, not NoneType"
        ),
        (
            "Something on this line is None. Is it an argument that may be left out, or a function"
            " without `return`?"
        ),
    ),
    (
        r"'float' object cannot be interpreted as an integer",
        "A whole number is needed here. `/` gives a float; `//` does not.",
    ),
    (
        r"Boolean value of Tensor with more than one value is ambiguous",
        "An `if` needs one truth value; this tensor holds several. Use `.all()` or `.any()`.",
    ),
    (
        r"Dimension out of range \(expected .* \[-?\d+, (\d+)\], but got (-?\d+)\)",
        "Axis {1} does not exist here: the axes are numbered from 0 to {0}.",
    ),
    (r"dim (\d+) appears multiple times in the list of dims", "Axis {0} is named twice."),
    (
        r"only one dimension can be inferred",
        "A -1 stands for the size that follows from the others, so there can be only one.",
    ),
    (
        r"not enough values to unpack \(expected (?:at least )?(\d+), got (\d+)\)",
        "On the left of the `=` stand more names, {0}, than values on the right, {1}.",
    ),
    (
        r"too many values to unpack \(expected (\d+)",
        "On the left of the `=` stand fewer names, {0}, than there are values on the right.",
    ),
    (
        r"could not broadcast input array from shape (\(.*?\)) into shape (\(.*?\))",
        "Values of shape {0} are written into a place of shape {1}.",
    ),
    (
        r"shape-mismatch for sum",
        "The axes that are summed over have different sizes in the two arrays.",
    ),
    (
        r"has been modified by an inplace operation",
        (
            "A tensor that the way back still needs was changed in place, by `+=`, `x[...] =` or a"
            " method that ends in `_`."
        ),
    ),
    (
        r"Trying to backward through the graph a second time",
        "The way back was gone before, and what it needs was let go then.",
    ),
    (
        r"input\.dim\(\) = (\d+) is not equal to len\(dims\) = (\d+)",
        "The tensor has {0} axes, and {1} are named.",
    ),
    (r"(list|tuple) index out of range", "The {0} is shorter than the index asks for."),
    (
        r"missing (\d+) required positional arguments?: (.+)",
        "A call on this line leaves out {0} of the arguments: {1}.",
    ),
    (
        r"takes (?:from \d+ to )?(\d+) positional arguments? but (\d+) (?:was|were) given",
        (
            "Arguments given by their place: {1}; there is room for {0}. In a method, `self`"
            " counts as one."
        ),
    ),
    (
        r"got multiple values for (?:keyword )?argument '(\w+)'",
        "`{0}` is given twice in this call: by its place and by its name.",
    ),
    (
        r"got an unexpected keyword argument '(\w+)'",
        "What is called on this line has no argument `{0}`.",
    ),
    (
        r"cannot access local variable '(\w+)'|local variable '(\w+)' referenced before",
        "The function reads `{0}` before it has given it a value.",
    ),
    (
        r"(?:division|modulo) by zero|integer modulo by zero|ZeroDivisionError",
        "Something is divided by 0.",
    ),
    (
        r"unsupported operand type\(s\) for (.+?): '(\w+)' and '(\w+)'",
        "`{0}` has no meaning for a {1} and a {2}.",
    ),
    (
        r"expected Tensor as element (\d+) in argument 0, but got (\w+)",
        "Only tensors can be joined; number {0} of the list is of type {1}.",
    ),
    (
        r"stack expects each tensor to be equal size, but got \[(.*?)\] at entry 0 and \[(.*?)\]",
        "Only tensors of one shape can be stacked; here ({0}) meets ({1}).",
    ),
    (
        r"output with shape \[(.*?)\] doesn't match the broadcast shape \[(.*?)\]",
        "A result of shape ({1}) has no room in a tensor of shape ({0}).",
    ),
    (
        (
            r"number of subscripts in the equation \((\d+)\) .*number of dimensions \((\d+)\)"
            r" for operand (\d+)"
        ),
        "In the einsum, tensor number {2} (counted from 0) has {1} axes and {0} letters.",
    ),
    (
        r"output subscript (\w) does not appear in the equation for any input",
        "In the einsum, the letter {0} stands behind the arrow only.",
    ),
    (
        r"Output size is too small|Calculated output size: .* too small",
        "A window is larger than what it slides over, so no place is left.",
    ),
    (
        r"Trying to create tensor with negative dimension (-?\d+)",
        "A size came out as {0}; a size can't be negative.",
    ),
    (
        r"a Tensor with (\d+) elements cannot be converted to Scalar",
        "One number is needed here, and the tensor holds {0}.",
    ),
    (
        r"only (?:one.element tensors|single-element tensors|length-1 arrays|0-dim.* arrays)",
        "One number is needed here, and there are several.",
    ),
    (
        r"'(\w+)' object is not callable",
        "Something of type {0} is called as if it were a function: does a name stand for two?",
    ),
    (r"'(\w+)' object is not iterable", "Something of type {0} has no items to go through."),
    (r"'(\w+)' object is not subscriptable", "Something of type {0} takes no `[...]`."),
    (
        r"grad can be implicitly created only for scalar outputs",
        "`backward` starts from one number, and here are several.",
    ),
    (
        r"(\S+) is not a Module subclass",
        "A net takes layers as its parts, and this is of type {0}.",
    ),
    (
        r"[Nn]on-?positive stride|stride should not be zero|stride must be (?:positive|greater)",
        "A stride came out as 0 or less.",
    ),
    (
        r"Padding size should be less than the corresponding input dimension",
        "There is more padding than the input has pixels to give.",
    ),
    (
        r"Class values must be smaller than num_classes|Target (-?\d+) is out of bounds",
        "A label is larger than the number of classes allows: they are numbered from 0.",
    ),
    (
        r"expected input to have (\d+) (?:channels|features).*?(\d+)|expected (\d+)D (?:or|input)",
        "The input has another number of axes or channels than the layer was made for.",
    ),
    (
        r"index (\d+) is out of bounds|index out of range in self",
        "An index is larger than there are entries.",
    ),
    (
        r"maximum size for tensor at dimension (\d+) is (\d+) but size is (\d+)",
        "A window of {2} is larger than axis {0}, which has {1} entries.",
    ),
    (
        r"first two dimensions of batch2 tensor to be: \[(.*?)\] but got: \[(.*?)\]",
        "In a product of stacks of matrices, ({0}) is needed on the right, and it is ({1}).",
    ),
    (
        r"Given normalized_shape=\[(.*?)\], expected input .* got input of size\[(.*?)\]",
        "The norm was made for inputs that end in ({0}), and gets ({1}).",
    ),
    (
        r"could not infer output dtype\. Input dtype must be either a floating point",
        "A mean of whole numbers is no whole number: make the tensor one of floats first.",
    ),
    (
        r"only integers, slices .* are valid indices",
        "An index must be a whole number, a slice or a tensor of these.",
    ),
    (
        r"argument '(\w+)' \(position \d+\) must be (.+?), not (\w+)",
        "The argument `{0}` should be {1}, and is of type {2}.",
    ),
    (
        r"received an invalid combination of arguments - got \((.*?)\), but expected",
        "It does not take arguments of these kinds: {0}",
    ),
    (
        r"Input operand 1 has a mismatch in its core dimension",
        "The matrix on the left has another number of columns than the one on the right has rows.",
    ),
    (
        r"array dimensions except for the concatenation axis must match exactly",
        "Arrays that are joined must agree in all other axes.",
    ),
    (
        r"Dimension size must be non-negative|negative dimensions are not allowed",
        "A size came out negative.",
    ),
    (r"'(\w+)' is an invalid keyword argument for (\w+)", "`{1}` has no argument `{0}`."),
    (
        r"some elements of the input tensor and the written-to tensor refer to a single memory",
        "This tensor shows the same numbers in several places, so it can't be changed in place.",
    ),
    (
        r"optimizer can only optimize Tensors, but one of the params is (\w+)",
        "An optimizer takes the parameters themselves; among yours is something of type {0}.",
    ),
    (
        r"can't optimize a non-leaf Tensor",
        "An optimizer takes the parameters themselves, and no tensors computed from them.",
    ),
    (
        r'can only concatenate (\w+) \(not "(\w+)"\) to (\w+)',
        "`+` joins a {0} to another {0}; here the other is of type {1}.",
    ),
    (
        r'Module \[(\w+)\] is missing the required "forward" function',
        "It cannot be called: `{0}` has no `forward`.",
    ),
    (
        r"(Module\w+)\.extend should be called with an iterable, but got (\w+)",
        "`nn.{0}` takes one list of modules, and gets something of type {1}.",
    ),
    (
        r"\"log_softmax\w*\" not implemented for 'Long'",
        (
            "The scores here are whole numbers (int64). `F.cross_entropy` takes the scores first,"
            " then the classes."
        ),
    ),
    (r"not implemented for 'Long'", "This step does not take whole numbers (int64)."),
    (
        r"ifferentiated Tensors? (?:at index \d+ )?appears to not have been used in the graph",
        (
            "No way leads from one of these tensors to the number that is differentiated: it was"
            " not used, or the way is cut."
        ),
    ),
    (
        r"argument 'size' .*(?:type|got) float",
        "A size must be a whole number. `/` gives a float; `//` does not.",
    ),
    (
        (
            r"pad should be at most half of (?:effective )?kernel size, but got pad=(\d+),"
            r" kernel_size=(\d+)"
        ),
        "Pooling takes a padding of at most half of its window; here they are {0} and {1}.",
    ),
    (
        r"slice step (?:cannot be zero|must be positive)|step must be greater than zero",
        "The step of a slice is 0 or negative, which torch does not take.",
    ),
]
