
# ---- Lock, record and journal -------------------------------------------------------------------------------------------------

# Closes the state folder to everybody else, and takes the lock: an open file, which Windows closes however the run ends.
function Enter-Lock {
    if ($Run.Lock) { return }
    Set-Directory $Run.Release.locations.data
    Set-Directory $Run.Release.locations.state
    $Run.Changed = 0
    $Path = [IO.Path]::Combine((Convert-Path -LiteralPath (Get-StateFolder)), 'deploy.lock')
    try { $Run.Lock = [IO.File]::Open($Path, 'OpenOrCreate', 'ReadWrite', 'None') }
    catch [IO.IOException] { Stop-Run "another deployment of $($Run.Release.product.title) is running" 'wait until it has ended' 5 }
    Start-RunTranscript
}

function Exit-Lock {
    if ($Run.Lock) { $Run.Lock.Dispose() }
    $Run.Lock = $null
}

function Get-RecordPath { return Join-Path (Get-StateFolder) 'installed.json' }
function Get-JournalPath { return Join-Path (Get-StateFolder) 'journal.json' }

# What is installed: current and previous version with their slots, what was made for them, and what is still to be removed.
function Read-Record {
    return Read-StateFile (Get-RecordPath)
}

# The journal of an action that was cut off, or nothing.
function Read-Journal {
    return Read-StateFile (Get-JournalPath)
}

function New-Journal {
    param([string] $Operation, [object] $From, [object] $To, [object[]] $Steps)
    $Journal = [pscustomobject]@{ operation = $Operation; from = $From; to = $To; kept = @($Run.Kept); steps = @($Steps) }
    Write-JsonFile (Get-JournalPath) $Journal
    return $Journal
}

function New-Step {
    param([string] $Do, [string] $Version, [string] $Name, [string] $Slot, [int] $Value)
    return [pscustomobject]@{ do = $Do; version = $Version; name = $Name; slot = $Slot; value = $Value; done = $false }
}

function Format-Step {
    param([object] $Step)
    return '{0} {1}' -f $Step.do, ((@($Step.name, $Step.version, $Step.slot) | Where-Object { $_ }) -join ' ')
}

# Whether the action of a journal has reached its aim: what follows the record only cleans up.
function Test-Recorded {
    param([object] $Journal)
    return @($Journal.steps | Where-Object { $_.do -eq 'record' -and $_.done }).Count -gt 0
}

# Runs the steps that are not done, and writes the journal after each of them. Once the version is recorded, a step that fails is a
# warning: the next run of any action repeats it.
function Invoke-Journal {
    param([object] $Journal)
    $Run.Kept = @($Journal.kept)
    foreach ($Step in @($Journal.steps)) {
        if ($Step.done) { continue }
        $Before = $Run.Changed
        Write-Line "  $(Format-Step $Step)"
        if (Test-Recorded $Journal) { Invoke-Cleanup $Step $Journal }
        else { Invoke-Step $Step $Journal }
        $Step.done = $true
        $Run.Steps += [pscustomobject]@{ do = $Step.do; name = $Step.name; version = $Step.version; value = $Step.value; changes = $Run.Changed - $Before }
        if (Test-Path -LiteralPath (Get-StateFolder)) { Write-JsonFile (Get-JournalPath) $Journal }
    }
    Remove-StateFile (Get-JournalPath)
}

# A step that may fail without harm; it is kept in the record until it has succeeded. Gives nothing.
function Invoke-Cleanup {
    param([object] $Step, [object] $Journal)
    $Code = $Run.ExitCode
    $Failure = ''
    try { Invoke-Step $Step $Journal }
    catch {
        $Failure = "$($_.Exception.Message)"
        $Run.ExitCode = $Code
        Add-Warning "$(Format-Step $Step): $Failure; the next run of Deploy.ps1 tries again"
    }
    $Record = Read-Record
    if (-not $Record) { return }
    $Others = @($Record.pending | Where-Object { $_.do -ne $Step.do -or $_.name -ne $Step.name })
    if (-not $Failure -and $Others.Count -eq @($Record.pending).Count) { return }
    if ($Failure) { $Others += [pscustomobject]@{ do = $Step.do; version = $Step.version; name = $Step.name; slot = $Step.slot; value = $Step.value; reason = $Failure } }
    $Record.pending = @($Others)
    Write-JsonFile (Get-RecordPath) $Record
}

# What former runs could not clean up.
function Complete-Pending {
    $Record = Read-Record
    if (-not $Record -or (Read-Journal)) { return }
    foreach ($Step in @($Record.pending)) {
        Write-Line "  $(Format-Step $Step)"
        Invoke-Cleanup $Step $null
    }
}
