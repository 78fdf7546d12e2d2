
# ---- Native commands ----------------------------------------------------------------------------------------------------------

# Whether this PowerShell loses quotes inside the arguments of native commands (before 7.3).
function Test-LegacyQuoting {
    $Passing = Get-Variable -Name 'PSNativeCommandArgumentPassing' -ValueOnly -ErrorAction SilentlyContinue
    return ($null -eq $Passing) -or ("$Passing" -eq 'Legacy')
}

# A program's argument as CommandLineToArgvW takes it out of a command line again.
function ConvertTo-CommandLineArgument {
    param([AllowEmptyString()][string] $Value)
    if ($Value -ne '' -and $Value -notmatch '[\s"]') { return $Value }
    $Escaped = [regex]::Replace($Value, '(\\*)"', '$1$1\"')
    $Escaped = [regex]::Replace($Escaped, '(\\+)$', '$1$1')
    return '"' + $Escaped + '"'
}

# An argument so that the native command gets it as it is. Text that is quoted already is passed on unchanged by the old way.
function ConvertTo-NativeArgument {
    param([AllowEmptyString()][string] $Value)
    if (Test-LegacyQuoting) { return ConvertTo-CommandLineArgument $Value }
    return $Value
}

# Runs a native command. Codes other than those expected end the run, unless any is fine.
function Invoke-Native {
    param([string] $Program, [string[]] $Arguments, [int[]] $Expect = @(0), [string] $Hint, [switch] $AnyCode)
    $ErrorActionPreference = 'Continue'
    $Encoded = @(foreach ($Argument in $Arguments) { ConvertTo-NativeArgument $Argument })
    $Output = (& $Program @Encoded 2>&1 | Out-String).Trim()
    $Code = $LASTEXITCODE
    if (-not $AnyCode -and $Expect -notcontains $Code) {
        Stop-Run ("``{0} {1}`` failed with {2}: {3}" -f $Program, ((Hide-Secret $Arguments) -join ' '), $Code, $Output) $Hint
    }
    return [pscustomobject]@{ Code = $Code; Output = $Output }
}

# Arguments as they may be shown: the word after password= and the value of a property of that kind are left out.
function Hide-Secret {
    param([string[]] $Arguments)
    $Secret = $false
    foreach ($Argument in $Arguments) {
        if ($Secret) { '***' }
        elseif ($Argument -match '^(\w*PASSWORD)=.') { "$($Matches[1])=***" }
        else { $Argument }
        $Secret = $Argument -eq 'password='
    }
}

# A tool at its usual place, or by its name from the PATH.
function Resolve-Tool {
    param([string] $Folder, [string] $Name)
    $Path = Join-Path $Folder $Name
    if (Test-Path -LiteralPath $Path) { return $Path }
    return $Name
}

# A 32-bit PowerShell on a 64-bit Windows sees other folders and another registry ("WOW64 Implementation Details").
function Assert-NativePowerShell {
    if ($env:PROCESSOR_ARCHITEW6432) {
        Stop-Run 'this is a 32-bit PowerShell on a 64-bit Windows' 'use %SystemRoot%\Sysnative\WindowsPowerShell\v1.0\powershell.exe, or "Windows PowerShell" from the Start menu without "(x86)"' 2
    }
}

function Assert-Administrator {
    # The label of a high or system integrity level, which has the same SID in every language.
    $Groups = (Invoke-Native 'whoami.exe' @('/groups', '/fo', 'csv', '/nh')).Output
    if ($Groups -notmatch 'S-1-16-(12288|16384)') { Stop-Run 'this needs an elevated PowerShell' 'start PowerShell with "Run as administrator"' 2 }
}
